import { defineConfig } from "vite";

/** One file that the server hands out with the company's key and its own address behind it. */
export default defineConfig({
  root: "onsite",
  logLevel: "warn",
  build: {
    lib: { entry: "main.ts", formats: ["iife"], name: "RapportOnsite", fileName: () => "klaviyo.js" },
    outDir: "../dist/onsite",
    emptyOutDir: true,
    target: "es2020",
  },
});
