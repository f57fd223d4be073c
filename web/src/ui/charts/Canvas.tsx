import { BarChart, LineChart } from "echarts/charts";
import { GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { init, use as register, type ECharts } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { useEffect, useRef } from "react";
import type { Plot } from "./plot";

register([BarChart, LineChart, GridComponent, LegendComponent, TooltipComponent, SVGRenderer]);

/** Draws `option` and keeps the drawing as wide as its place. */
export default function Canvas({ option, height, label }: { option: Plot; height: number; label: string }) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<ECharts | null>(null);

  useEffect(() => {
    if (!place.current) return;
    const drawing = init(place.current, null, { renderer: "svg" });
    const watch = new ResizeObserver(() => drawing.resize());
    watch.observe(place.current);
    chart.current = drawing;
    return () => {
      watch.disconnect();
      drawing.dispose();
    };
  }, []);

  useEffect(() => {
    chart.current?.setOption(option, true);
  }, [option]);

  return <div ref={place} style={{ height }} role="img" aria-label={label} />;
}
