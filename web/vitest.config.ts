import { defineConfig } from "vitest/config";

/** Pure modules alone, in Node; what a browser shows is tested in one (`tests/web`). */
export default defineConfig({ test: { include: ["src/**/*.test.ts"], environment: "node", pool: "threads", isolate: false } });
