// Pictures of the desk, drawn from the data their elements carry.
(() => {
  "use strict";
  const colors = () => document.documentElement.getAttribute("data-bs-theme") === "dark"
    ? { text: "#d5deea", line: "#3a4d66", bar: "#6aa5e8", amount: "#e0a320", now: "#ff8f89" }
    : { text: "#3c4f68", line: "#d5deea", bar: "#1f4d87", amount: "#b87a00", now: "#b3282d" };

  // What the kit leaves out (legends, mark lines) is drawn: axes carry the colors, "now" is a line of its own.
  const HOUR = 3600e3;
  const clock = (at) => new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Shanghai", hour: "2-digit", minute: "2-digit" }).format(at);

  function due(element) {
    const hours = JSON.parse(element.dataset.hours);
    const now = Number(element.dataset.now);
    const c = colors();
    const line = { lineStyle: { color: c.line } };
    const most = Math.max(1, ...hours.map((hour) => hour.count));
    const axis = (name, color) => ({ type: "value", name, nameTextStyle: { color }, axisLabel: { color }, axisLine: line, splitLine: line });
    const told = hours.map((hour) => [hour.at + HOUR / 2, hour.count, hour.fen / 100, hour.label]);
    return {
      animation: false,
      grid: { left: 48, right: 80, top: 36, bottom: 28 },
      tooltip: {
        renderMode: "richText",
        formatter: ({ data }) => data.length < 4 ? `${element.dataset.nowLabel} ${clock(now)}`
          : `${data[3]}\n${element.dataset.countLabel} ${data[1]}\n${element.dataset.amountLabel} ${data[2].toLocaleString("en", { minimumFractionDigits: 2 })}`,
      },
      xAxis: { type: "value", min: hours[0].at, max: hours[0].at + 25 * HOUR, interval: 3 * HOUR, axisLabel: { color: c.text, formatter: clock, showMaxLabel: false }, axisLine: line, splitLine: { show: false } },
      yAxis: [
        { ...axis(element.dataset.countLabel, c.bar), minInterval: 1, max: ({ max }) => Math.ceil(Math.max(max, 1) * 1.1) },
        { ...axis(element.dataset.amountLabel, c.amount), splitLine: { show: false } },
      ],
      series: [
        { type: "bar", barWidth: Math.max(4, Math.floor((element.clientWidth - 128) / 25 * 0.65)), data: told, encode: { x: 0, y: 1 }, itemStyle: { color: c.bar } },
        { type: "line", yAxisIndex: 1, lineStyle: { width: 0 }, symbol: "diamond", symbolSize: 11, data: told.filter((hour) => hour[1]), encode: { x: 0, y: 2 }, itemStyle: { color: c.amount, borderColor: c.text, borderWidth: 1 } },
        { type: "line", symbol: "none", lineStyle: { color: c.now, width: 2 }, z: 5, data: [[now, 0], [now, Math.ceil(most * 1.1)]],
          endLabel: { show: true, formatter: element.dataset.nowLabel, color: c.now, offset: [-2, -8] } },
      ],
    };
  }

  const kinds = { due };
  function draw() {
    for (const element of document.querySelectorAll("[data-chart]")) {
      const build = kinds[element.dataset.chart];
      if (!build || !window.echarts) continue;
      const chart = echarts.getInstanceByDom(element) || echarts.init(element, null, { renderer: "canvas" });
      chart.setOption(build(element), true);
      addEventListener("resize", () => chart.resize());
    }
  }
  window.deskCharts = { kinds, colors, draw };
  addEventListener("DOMContentLoaded", draw);
  addEventListener("desk-theme", draw);
})();
