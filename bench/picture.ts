/**
 * The picture of the figures: throughput of tiny tasks, latency of one task, as an SVG.
 *
 * @module
 */

import { BarChart, CustomChart } from "echarts/charts";
import { GridComponent, LegendComponent, TitleComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { format, type Row, type Shown } from "./rows.ts";

use([BarChart, CustomChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer]);

const WIDTH = 820;
const LINE = 26;
const LABELS = 270;
const HEAD = 64;
const GAP = 84;
const FOOT = 34;

/** Readable on white, which the picture brings along: what shows it may be dark. */
const COLOURS: Record<Shown["kind"], string> = { ours: "#2563eb", limit: "#94a3b8", peer: "#f59e0b" };
const NAMES: Record<Shown["kind"], string> = { ours: "Palpable", limit: "limit of the machine", peer: "others" };
const INK = "#1f2937";
const PALE = "#e5e7eb";

type Bar = Row & { shown: Shown };

/** The bars that rows ask for. */
export function drawFigures(rows: readonly Row[]): string {
  const shown = rows.filter((row): row is Bar => row.shown !== undefined);
  const throughput = shown.filter((row) => row.shown.chart === "throughput").sort((a, b) => b.value - a.value);
  const latency = shown.filter((row) => row.shown.chart === "latency").sort((a, b) => a.value - b.value);
  const panels = [
    panel(0, throughput, HEAD, "Tiny tasks per second with two workers (more is better)", "value"),
    panel(
      1,
      latency,
      HEAD + throughput.length * LINE + GAP,
      "One task, milliseconds, logarithmic (less is better)",
      "log",
    ),
  ];
  const height = HEAD + GAP + FOOT + (throughput.length + latency.length) * LINE;
  // deno-lint-ignore no-explicit-any
  const chart = init(null as any, null, { renderer: "svg", ssr: true, width: WIDTH, height });
  chart.setOption({
    animation: false,
    backgroundColor: "#ffffff",
    textStyle: { fontFamily: "system-ui, sans-serif", color: INK },
    legend: {
      top: 8,
      right: 16,
      itemWidth: 14,
      itemHeight: 10,
      itemGap: 28,
      data: Object.values(NAMES),
      textStyle: { color: INK },
    },
    title: panels.map(({ title }) => title),
    grid: panels.map(({ grid }) => grid),
    xAxis: panels.map(({ xAxis }) => xAxis),
    yAxis: panels.map(({ yAxis }) => yAxis),
    series: panels.flatMap(({ series }) => series),
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return `${svg.trimEnd()}\n`;
}

function panel(index: number, bars: readonly Bar[], top: number, text: string, type: "value" | "log") {
  const on = { xAxisIndex: index, yAxisIndex: index };
  const kinds = Object.keys(NAMES) as Shown["kind"][];
  return {
    title: { text, left: 12, top: top - 32, textStyle: { fontSize: 14, color: INK } },
    grid: { left: LABELS, right: 130, top, height: bars.length * LINE },
    xAxis: {
      type,
      gridIndex: index,
      splitLine: { lineStyle: { color: PALE } },
      axisLabel: { color: INK, formatter: format },
      ...type === "log" ? startOf(bars) : {},
    },
    yAxis: {
      type: "category",
      gridIndex: index,
      inverse: true,
      data: bars.map(({ shown }) => shown.label),
      axisTick: { show: false },
      axisLine: { lineStyle: { color: INK } },
      axisLabel: { color: INK },
    },
    series: [
      ...kinds.map((kind) => ({
        type: "bar",
        name: NAMES[kind],
        ...on,
        barGap: "-100%",
        barWidth: "62%",
        itemStyle: { color: COLOURS[kind] },
        data: bars.map((bar) => bar.shown.kind === kind ? bar.value : null),
      })),
      {
        type: "custom",
        z: 3,
        ...on,
        renderItem: drawSpread.bind(null, bars),
        data: bars.map(({ min, max, value }, i) => [i, min, max, value]),
        encode: { x: [1, 2, 3], y: 0 },
      },
    ],
  };
}

/** Bars on a logarithmic axis cannot begin at nothing: a power of ten below all of them. */
function startOf(bars: readonly Bar[]) {
  const least = Math.min(...bars.map(({ min, value }) => min ?? value));
  const start = 10 ** Math.floor(Math.log10(least));
  return { min: start, startValue: start };
}

/** A line from the smallest to the largest run, and the median in words behind it. */
function drawSpread(
  bars: readonly Bar[],
  _: unknown,
  api: { value(dimension: number): number; coord(point: [number, number]): number[] },
) {
  const index = api.value(0);
  const { value, unit, min = value, max = value } = bars[index];
  const [from, y] = api.coord([min, index]);
  const [to] = api.coord([max, index]);
  const line = (x1: number, x2: number, y1: number, y2: number) => ({
    type: "line" as const,
    shape: { x1, y1, x2, y2 },
    style: { stroke: INK, lineWidth: 1 },
  });
  return {
    type: "group" as const,
    children: [
      line(from, to, y, y),
      line(from, from, y - 3, y + 3),
      line(to, to, y - 3, y + 3),
      {
        type: "text" as const,
        style: {
          text: `${format(value)} ${unit}`,
          x: to + 8,
          y,
          fill: INK,
          fontSize: 12,
          verticalAlign: "middle" as const,
        },
      },
    ],
  };
}
