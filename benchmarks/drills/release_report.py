"""The evidence of a drill as files: what a machine reads, what a person reads, every release, and their digests."""

import csv
import hashlib
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.drills.release import Evidence, Sums
from config.kernel.law.dates import rfc3339
from config.kernel.law.money import format_yuan

#: What each promise is in Chinese, in the order of `Evidence.promises`.
_PROMISES_ZH = (
    "有转账待到账",
    "无一遗漏：每笔都已处理",
    "无一重复：每笔只处理一次",
    "无一提前",
    "全部已入账",
    "预留金额等于受理金额",
    "余额合计不变",
    "不再有预留金额",
    "被终止的程序已恢复运行",
)


def report(evidence: Evidence, invariants: Mapping[str, bool], about: Mapping[str, Any]) -> dict[str, Any]:
    """Return all of the evidence.

    :param invariants: by their names whether each of them held after the drill.
    :param about: versions, settings and what the drill was asked with.
    """
    promises = evidence.promises()
    return {
        "kept": all(promises.values()) and all(invariants.values()),
        "about": dict(about),
        "promises": promises,
        "timeline": [{"at": rfc3339(each.at), "what": each.what} for each in evidence.timeline],
        "first_due": rfc3339(evidence.first_due),
        "last_due": rfc3339(evidence.last_due),
        "accepted": len(evidence.accepted),
        "releases": len(evidence.released),
        "early": sum(each.lateness_ms < 0 for each in evidence.released),
        "p50_ms": evidence.percentile(0.5),
        "p99_ms": evidence.percentile(0.99),
        "max_ms": evidence.percentile(1),
        "buckets": evidence.buckets,
        "by_releaser": evidence.by_releaser,
        "money": {
            name: {"balance": format_yuan(sums.balance_fen), "held": format_yuan(sums.held_fen)}
            for name, sums in _sums(evidence).items()
        },
        "invariants": dict(invariants),
    }


def write(found: Mapping[str, Any], evidence: Evidence, place: Path) -> list[Path]:
    """Write the evidence into a new directory; the last of the files returned has the SHA-256 of the others.

    :raises FileExistsError: for a directory that is there: evidence is never written over.
    """
    place.mkdir(parents=True)
    files = {
        "evidence.json": json.dumps(found, ensure_ascii=False, indent=2) + "\n",
        "evidence.md": readable(found),
        "releases.csv": _releases(evidence),
    }
    for name, content in files.items():
        (place / name).write_text(content, encoding="utf-8")
    digests = "".join(f"{hashlib.sha256(content.encode()).hexdigest()}  {name}\n" for name, content in files.items())
    (place / "SHA256SUMS").write_text(digests)
    return [place / name for name in (*files, "SHA256SUMS")]


def readable(found: Mapping[str, Any]) -> str:
    """Return the evidence for people, in Markdown."""
    lines = [
        "# 到期入账演练 Release drill",
        "",
        f"**{'承诺全部兑现 Everything as promised' if found['kept'] else '有承诺未兑现 NOT everything as promised'}**",
        "",
        *(f"- {name}: {value}" for name, value in found["about"].items()),
        "",
        "| 承诺 Promise | 兑现 Kept |",
        "|---|---|",
        *(
            f"| {zh} {name} | {'是 yes' if kept else '**否 NO**'} |"
            for zh, (name, kept) in zip(_PROMISES_ZH, found["promises"].items(), strict=True)
        ),
        f"| 不变量全部成立 all {len(found['invariants'])} invariants hold | {_broken(found['invariants']) or '是 yes'} |",
        "",
        "| 时间 Time | 事件 Event |",
        "|---|---|",
        *(f"| {each['at']} | {each['what']} |" for each in found["timeline"]),
        "",
        f"受理 accepted {found['accepted']}, 处理 released {found['releases']}, 提前 early {found['early']}",
        "",
        f"延迟 lateness ms: p50 {found['p50_ms']}, p99 {found['p99_ms']}, max {found['max_ms']}",
        "",
        "| " + " | ".join(found["buckets"]) + " | " + " | ".join(found["by_releaser"]) + " |",
        "|" + "---|" * (len(found["buckets"]) + len(found["by_releaser"])),
        "| " + " | ".join(map(str, (*found["buckets"].values(), *found["by_releaser"].values()))) + " |",
        "",
        "| 金额（元） Money (yuan) | 余额合计 Balances | 预留合计 Reserved |",
        "|---|---|---|",
        *(f"| {name} | {each['balance']} | {each['held']} |" for name, each in found["money"].items()),
        "",
    ]
    return "\n".join(lines)


def _broken(invariants: Mapping[str, bool]) -> str:
    broken = [name for name, holds in invariants.items() if not holds]
    return f"**否 NO: {', '.join(broken)}**" if broken else ""


def _sums(evidence: Evidence) -> dict[str, Sums]:
    return {"before": evidence.before, "while held": evidence.reserved, "after": evidence.after}


def _releases(evidence: Evidence) -> str:
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\n")
    lines.writerow(("transfer_id", "due_at", "released_at", "lateness_ms", "released_by", "status"))
    for each in evidence.released:
        lines.writerow(
            (
                each.transfer_id,
                rfc3339(each.due_at),
                rfc3339(each.at),
                each.lateness_ms,
                each.released_by,
                each.new_status,
            )
        )
    return out.getvalue()
