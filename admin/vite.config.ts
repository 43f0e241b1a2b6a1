import adapter from "@sveltejs/adapter-static";
import { sveltekit } from "@sveltejs/kit/vite";
import { defineConfig } from "vite";

// The server sends its own content security policy with the hash of Kit's inline start script, so Kit adds none.
export default defineConfig({
  plugins: [
    sveltekit({
      adapter: adapter({ pages: "build", assets: "build", fallback: "index.html", precompress: true }),
      paths: { base: "/admin", relative: false },
      prerender: { entries: [] },
      // A server that was replaced serves other scripts: the next navigation then loads the page anew.
      version: { pollInterval: 300_000 },
    }),
  ],
  build: {
    // The sprite is addressed by fragment, which a data: address cannot do in every browser.
    assetsInlineLimit: 0,
  },
  server: { fs: { allow: [".."] }, proxy: { "/api": "http://127.0.0.1:3000" } },
});
