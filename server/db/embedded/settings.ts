/** Settings of the embedded PostgreSQL, which shares its machine with the servers that use it. */
export const settings = {
  listen_addresses: "",
  unix_socket_permissions: "0700",
  port: "5432",
  shared_buffers: "256MB",
  effective_cache_size: "1GB",
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
