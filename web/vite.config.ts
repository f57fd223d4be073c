import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** The server a development build asks; a production build always asks its own origin. */
const SERVER = "http://127.0.0.1:8000";

export default defineConfig({
  plugins: [react()],
  server: { proxy: { "/api": SERVER } },
  // ECharts alone is ~500 kB and comes only with the pages that draw.
  build: { chunkSizeWarningLimit: 700 },
});
