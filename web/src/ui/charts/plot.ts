/** Descriptions of the charts, without the library that draws them. */

import type { EChartsCoreOption } from "echarts/core";

export interface Palette {
  lines: string[];
  text: string;
  rule: string;
  ground: string;
  ink: string;
}

export type Plot = EChartsCoreOption;

export interface Series {
  name: string;
  kind: "line" | "bar";
  values: number[];
  format?: (value: number) => string;
  /** Measured on the right, where its numbers are of another size than the first series'. */
  right?: boolean;
}

/** Moments to scale: milliseconds since 1970, and how each is shown. */
export interface Moments {
  at: number[];
  shown: (at: number) => string;
}

/** Several series over the same moments, each axis from zero. Labels are shown as given, one beside the other. */
export function overTime(labels: string[] | Moments, series: Series[], palette: Palette): Plot {
  const isScaled = !Array.isArray(labels);
  return {
    color: palette.lines,
    animationDuration: 300,
    grid: { left: 4, right: 8, top: series.length > 1 ? 36 : 12, bottom: 4, containLabel: true },
    legend: legendOf(series, palette),
    tooltip: tooltipOf(palette),
    xAxis: {
      ...(isScaled
        ? { type: "time", axisPointer: { label: { formatter: ({ value }: { value: number }) => labels.shown(value) } } }
        : { type: "category", data: labels }),
      axisLine: { lineStyle: { color: palette.rule } },
      axisTick: { show: false },
      axisLabel: { color: palette.text, hideOverlap: true, ...(isScaled ? { formatter: (value: number) => labels.shown(value) } : {}) },
    },
    yAxis: [false, true].map((right) => axisOf(series.find((one) => Boolean(one.right) === right), right, palette)),
    series: series.map((one) => drawn(one, isScaled ? labels.at : null)),
  };
}

function axisOf(first: Series | undefined, right: boolean, palette: Palette): Plot {
  return {
    type: "value",
    show: Boolean(first),
    minInterval: 1,
    splitNumber: 4,
    splitLine: { show: !right, lineStyle: { color: palette.rule } },
    axisLabel: { color: palette.text, formatter: first?.format },
  };
}

function legendOf(series: Series[], palette: Palette): Plot {
  return {
    show: series.length > 1,
    // one line, that can be turned over where it is too long
    type: "scroll",
    top: 0,
    left: 0,
    icon: "circle",
    itemWidth: 8,
    itemHeight: 8,
    itemGap: 16,
    textStyle: { color: palette.text },
    pageTextStyle: { color: palette.text },
    pageIconColor: palette.text,
    pageIconInactiveColor: palette.rule,
  };
}

function tooltipOf(palette: Palette): Plot {
  return {
    trigger: "axis",
    confine: true,
    backgroundColor: palette.ground,
    borderColor: palette.rule,
    textStyle: { color: palette.ink, fontSize: 13 },
  };
}

function drawn({ name, kind, values, format, right }: Series, moments: number[] | null): Plot {
  const data = moments ? values.map((value, place) => [moments[place], value]) : values;
  const common = { name, data, yAxisIndex: right ? 1 : 0, tooltip: format ? { valueFormatter: (value: number) => format(value) } : {} };
  if (kind === "bar") return { ...common, type: "bar", barMaxWidth: 18, itemStyle: { borderRadius: [3, 3, 0, 0] } };
  return {
    ...common,
    type: "line",
    showSymbol: values.length === 1,
    symbolSize: 6,
    lineStyle: { width: 2 },
    // On another axis an area would compare what cannot be compared.
    areaStyle: { opacity: right ? 0 : 0.07 },
  };
}
