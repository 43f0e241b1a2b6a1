import adapter from "@sveltejs/adapter-static";
import { sveltekit } from "@sveltejs/kit/vite";
import { defineConfig } from "vite";
import type { Plugin } from "vite";

/**
 * Kit's announcer of page titles hides itself by an inline style, which the server's content security policy forbids.
 * A class of the shared styles does the same.
 */
function announcerWithoutStyle(): Plugin {
  return {
    name: "announcer-without-style",
    enforce: "pre",
    transform(code, id) {
      if (!id.endsWith("/kit/src/runtime/components/root.svelte")) return undefined;
      const next = code.replace(/style="[^"]*"/, 'class="hide-visually"');
      if (next === code) throw new Error("Kit's announcer has changed: see whether it still has an inline style.");
      return next;
    },
  };
}

// The server sends the content security policy, with the digest of Kit's inline start script, so Kit adds none.
export default defineConfig({
  plugins: [
    announcerWithoutStyle(),
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
