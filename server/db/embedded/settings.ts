import { totalmem } from "node:os";

const mebibyte = 1_048_576;

/** What this process may use of the machine: the limit of its container, where it has one. */
const memory = Math.min(totalmem(), process.constrainedMemory() || Infinity) / mebibyte;

// A quarter of the memory, with which PostgreSQL's manual begins (§19.4.1): what does not fit is copied in for each
// question, which at a million users costs half as much again. More than this even those do not use.
const sharedBuffers = Math.round(Math.min(2048, Math.max(128, memory / 4)));

/** Settings of the embedded PostgreSQL, which shares its machine with the servers that use it. */
export const settings = {
  listen_addresses: "",
  unix_socket_permissions: "0700",
  port: "5432",
  shared_buffers: `${sharedBuffers}MB`,
  effective_cache_size: `${Math.round(Math.max(512, memory / 2))}MB`,
  maintenance_work_mem: "128MB",
  work_mem: "8MB",
  max_wal_size: "2GB",
  // Disks without a head to move.
  random_page_cost: "1.1",
  // Statements here are short; compiling them costs more than it gives.
  jit: "off",
  timezone: "UTC",
  log_timezone: "UTC",
  log_line_prefix: "",
  log_min_messages: "warning",
  // Neither statements nor their values: they hold what the log must not.
  log_min_error_statement: "panic",
  log_error_verbosity: "terse",
} as const satisfies Record<string, string>;
