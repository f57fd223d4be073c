import { Skeleton, useComputedColorScheme, useMantineTheme } from "@mantine/core";
import { lazy, Suspense } from "react";
import type { Palette, Plot } from "./plot";

// ECharts is most of the JavaScript; only a page that draws fetches it.
const Canvas = lazy(() => import("./Canvas"));

interface ChartProps {
  plot: (palette: Palette) => Plot;
  height?: number;
  /** Said to those who cannot see the picture. */
  label: string;
}

export function Chart({ plot, height = 260, label }: ChartProps) {
  return (
    <Suspense fallback={<Skeleton height={height} />}>
      <Canvas option={plot(usePalette())} height={height} label={label} />
    </Suspense>
  );
}

function usePalette(): Palette {
  const { colors } = useMantineTheme();
  const dark = useComputedColorScheme("light") === "dark";
  return {
    lines: dark ? ["#5cb597", "#8ea7e9", "#e2b35e", "#d98a8a"] : ["#1f6f5c", "#5b76c9", "#c98a1b", "#b95454"],
    text: dark ? "#929b97" : "#66706c",
    rule: dark ? "#2c3230" : "#e9ece9",
    ground: dark ? (colors.dark[6] ?? "#222725") : "#ffffff",
    ink: dark ? "#d5dad8" : "#1c2321",
  };
}
