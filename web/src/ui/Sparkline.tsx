const WIDTH = 96;
const HEIGHT = 26;
const ROOM = 3;

/** A small line of values over time, without axes. Gaps (null) are left out; a single value is no line. */
export function Sparkline({ values, label }: { values: (number | null)[]; label: string }) {
  const known = values.flatMap((value, place) => (value === null ? [] : [[place, value] as const]));
  if (known.length < 2) return null;
  const numbers = known.map(([, value]) => value);
  const low = Math.min(...numbers);
  const span = Math.max(...numbers) - low;
  const x = (place: number) => ROOM + (place / (values.length - 1)) * (WIDTH - 2 * ROOM);
  // What never changed runs through the middle.
  const y = (value: number) => HEIGHT - ROOM - (span === 0 ? 0.5 : (value - low) / span) * (HEIGHT - 2 * ROOM);
  const points = known.map(([place, value]) => `${x(place).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
  return (
    <svg width={WIDTH} height={HEIGHT} role="img" aria-label={label} style={{ display: "block" }}>
      <polyline
        points={points}
        fill="none"
        stroke="var(--mantine-primary-color-filled)"
        strokeWidth={1.6}
        strokeLinejoin="round"
        strokeLinecap="round"
      />
    </svg>
  );
}
