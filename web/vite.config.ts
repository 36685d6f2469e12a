import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

const outDir = fileURLToPath(new URL("../dist/web", import.meta.url));

/** Compressed once, here, instead of at every request or at the server's start. */
const compressed: Plugin = {
  name: "compressed",
  apply: "build",
  closeBundle() {
    const files = readdirSync(outDir, { recursive: true, encoding: "utf8" });
    for (const file of files.filter((path) => /\.(js|css|html|svg)$/.test(path))) {
      const body = readFileSync(join(outDir, file));
      const zipped = gzipSync(body, { level: 9 });
      if (zipped.length < body.length) writeFileSync(join(outDir, `${file}.gz`), zipped);
    }
  },
};

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  plugins: [react(), tailwindcss(), compressed],
  build: {
    outDir,
    emptyOutDir: true,
    target: "es2022",
    // The server's policy allows no inline script, style or font: everything is a file of its own.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    // `npm run web:dev` beside `npm run web:demo` or `serin serve`; the API answers its own page only, so its name is kept.
    proxy: {
      "/v1": {
        target: process.env["SERIN_URL"] ?? "http://127.0.0.1:7077",
        changeOrigin: true,
        headers: { origin: "" },
      },
    },
  },
});
