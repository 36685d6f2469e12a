import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

/** Compressed once, here, instead of at every request or at the server's start. */
function compressed(): Plugin {
  let folder = "";
  return {
    name: "compressed",
    apply: "build",
    configResolved({ root, build }) {
      folder = resolve(root, build.outDir);
    },
    closeBundle() {
      const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
      for (const file of files.filter((path) => /\.(js|css|html|svg)$/.test(path))) {
        const body = readFileSync(join(folder, file));
        const zipped = gzipSync(body, { level: 9 });
        if (zipped.length < body.length) writeFileSync(join(folder, `${file}.gz`), zipped);
      }
    },
  };
}

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  plugins: [react(), tailwindcss(), compressed()],
  build: {
    outDir: fileURLToPath(new URL("../dist/web", import.meta.url)),
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
