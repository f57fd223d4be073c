import hooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

/** From the top down: imports go down only. */
const FLOORS = ["app", "features", "editor", "grammar", "ui", "api"];

function onlyDown(floor, place) {
  const above = FLOORS.slice(0, place).join("|");
  const patterns = [];
  if (above) patterns.push({ regex: `^(\\.\\./)+(${above})(/|$)`, message: `${floor}/ imports nothing of what stands above it (${FLOORS.join(", ")}).` });
  if (floor === "features") patterns.push({ regex: "^\\.\\./(?!\\.\\./)[a-z]+/", message: "One feature imports another only through its index.ts." });
  return { files: [`src/${floor}/**`], ignores: ["src/features/*/*/**"], rules: { "no-restricted-imports": ["error", { patterns }] } };
}

export default tseslint.config(
  { ignores: ["dist", "src/api/schema.d.ts"] },
  ...tseslint.configs.strict,
  { plugins: { "react-hooks": hooks }, rules: hooks.configs.recommended.rules },
  ...FLOORS.map(onlyDown),
);
