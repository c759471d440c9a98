// Transfers at the desk: Enter as at a counter, and the picture of what falls due.
(() => {
  "use strict";
  // Enter goes to the next field; Ctrl+Enter sends. What an input method composes is left alone.
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === "F8") {
      const preview = document.querySelector('[data-key="F8"]');
      if (preview) { event.preventDefault(); preview.click(); }
    }
    if (event.key !== "Enter" || event.ctrlKey || event.altKey || event.metaKey) return;
    const form = event.target.closest("form[data-enter-next]");
    if (!form || !event.target.matches("input")) return;
    event.preventDefault();
    const fields = [...form.querySelectorAll("input:not([type=hidden]), select, textarea, button")]
      .filter((field) => !field.disabled && (field.type !== "radio" || field.checked || first(form, field)));
    const own = event.target.type === "radio" ? fields.find((field) => field.name === event.target.name) : event.target;
    fields[fields.indexOf(own) + 1]?.focus();
  });
  // Of a group of choices one is reached: the chosen one, or the first.
  const first = (form, field) => !form.querySelector(`input[name="${field.name}"]:checked`)
    && form.querySelector(`input[name="${field.name}"]`) === field;

  const charts = window.deskCharts;
  if (!charts) return;
  const clock = (at) => new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Shanghai", hour: "2-digit", minute: "2-digit" }).format(at);

  charts.kinds.held = (element) => {
    const found = JSON.parse(element.dataset.slots);
    const now = Number(element.dataset.now);
    const c = charts.colors();
    const line = { lineStyle: { color: c.line } };
    const yuan = found.map((slot) => Math.max(1, slot.fen / 100));
    const floor = 10 ** Math.floor(Math.log10(Math.min(...yuan)));
    const ceiling = 10 ** Math.ceil(Math.log10(Math.max(...yuan) + 1));
    const most = Math.max(...found.map((slot) => slot.count));
    return {
      animation: false,
      grid: { left: 72, right: 24, top: 30, bottom: 26 },
      tooltip: {
        renderMode: "richText",
        formatter: ({ data }) => data[3] ? `${data[3]}\n${data[2]} ${element.dataset.countLabel}\n¥ ${data[4]}` : element.dataset.nowLabel,
      },
      xAxis: { type: "value", min: now, max: now + 24 * 3600e3, interval: 3 * 3600e3, axisLabel: { color: c.text, formatter: clock }, axisLine: line, splitLine: line },
      yAxis: { type: "log", name: element.dataset.amountLabel, nameTextStyle: { color: c.text, align: "right" }, min: floor, max: ceiling, axisLabel: { color: c.text, formatter: (value) => value.toLocaleString("en") }, axisLine: line, splitLine: line },
      series: [
        // A line without a stroke: bubbles of the slots, as large as there are transfers.
        { type: "line", lineStyle: { width: 0 }, symbol: "circle", clip: false,
          symbolSize: (data) => 8 + 28 * Math.sqrt(data[2] / most),
          itemStyle: { color: c.bar, opacity: 0.75, borderColor: c.text, borderWidth: 1 },
          data: found.map((slot, index) => [slot.at, yuan[index], slot.count, slot.label, (slot.fen / 100).toLocaleString("en", { minimumFractionDigits: 2 })]) },
        { type: "line", symbol: "none", lineStyle: { color: c.now, width: 2 }, endLabel: { show: true, formatter: element.dataset.nowLabel, color: c.now, offset: [-4, -8] },
          data: [[now, floor], [now, ceiling]] },
      ],
    };
  };
})();
