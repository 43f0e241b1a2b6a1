import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["scim/**/*.test.ts", "server/**/*.test.ts", "test/**/*.test.ts"],
    exclude: ["test/bench/**", "test/scale/**", "test/output/**"],
    globalSetup: ["test/support/global-setup.ts"],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    // Two cores: each worker has a database of its own, a server and perhaps a browser beside it.
    maxWorkers: Math.min(2, availableParallelism()),
  },
});
