// Pictures of the desk, drawn from the data their elements carry.
(() => {
  "use strict";
  const colors = () => document.documentElement.getAttribute("data-bs-theme") === "dark"
    ? { text: "#d5deea", line: "#3a4d66", bar: "#6aa5e8", amount: "#e0a320", now: "#ff8f89" }
    : { text: "#3c4f68", line: "#d5deea", bar: "#1f4d87", amount: "#b87a00", now: "#b3282d" };

  function due(element) {
    const hours = JSON.parse(element.dataset.hours);
    const c = colors();
    const axis = { axisLabel: { color: c.text }, axisLine: { lineStyle: { color: c.line } }, splitLine: { lineStyle: { color: c.line } } };
    return {
      animation: false,
      grid: { left: 48, right: 72, top: 36, bottom: 28 },
      legend: { textStyle: { color: c.text }, top: 0 },
      tooltip: { trigger: "axis", renderMode: "richText" },
      xAxis: { type: "category", data: hours.map((hour) => hour.label), ...axis },
      yAxis: [{ type: "value", minInterval: 1, ...axis }, { type: "value", ...axis, splitLine: { show: false } }],
      series: [
        { name: element.dataset.countLabel, type: "bar", data: hours.map((hour) => hour.count), itemStyle: { color: c.bar },
          markLine: { symbol: "none", silent: true, lineStyle: { color: c.now, width: 2 }, label: { formatter: element.dataset.nowLabel, color: c.now }, data: [{ xAxis: 0 }] } },
        { name: element.dataset.amountLabel, type: "line", yAxisIndex: 1, data: hours.map((hour) => hour.fen / 100), itemStyle: { color: c.amount }, lineStyle: { color: c.amount }, symbolSize: 5 },
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
