import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["scim/**/*.test.ts", "server/**/*.test.ts", "test/**/*.test.ts"],
    exclude: ["test/bench/**", "test/scale/**", "test/output/**"],
    maxWorkers: Math.min(2, availableParallelism()),
  },
});
