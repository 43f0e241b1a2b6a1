import { config } from "zod";

// zod tries `new Function` when a schema is made, which the content security policy reports as a violation.
// This module is imported before any schema.
config({ jitless: true });
