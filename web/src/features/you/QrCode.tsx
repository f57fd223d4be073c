import qrcode from "qrcode-generator";

const QUIET = 4;

/** A text that a camera reads. Black on white in both themes: not every reader takes the reverse. */
export function QrCode({ text, label }: { text: string; label: string }) {
  const code = qrcode(0, "M");
  code.addData(text);
  code.make();
  const count = code.getModuleCount();
  const places = Array.from({ length: count }, (_, place) => place);
  const path = places.flatMap((row) => places.filter((column) => code.isDark(row, column)).map((column) => `M${column},${row}h1v1h-1z`));
  const size = count + 2 * QUIET;
  return (
    <svg viewBox={`${-QUIET} ${-QUIET} ${size} ${size}`} width={184} height={184} role="img" aria-label={label} shapeRendering="crispEdges">
      <rect x={-QUIET} y={-QUIET} width={size} height={size} fill="#fff" />
      <path d={path.join("")} fill="#000" />
    </svg>
  );
}
