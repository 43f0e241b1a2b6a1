import pg from "pg";
import type { PoolClient, QueryResultRow } from "pg";
import { Sequelize } from "sequelize";
import type { Transaction } from "sequelize";
import { Later } from "./later.ts";
import type { Queryable } from "./queryable.ts";
import { defineModels } from "./models/define-models.ts";
import type { Models } from "./models/define-models.ts";

/** How to reach PostgreSQL: the fields of node-postgres' pool configuration that are used here. */
export interface Connection {
  connectionString?: string;
  host?: string;
  port?: number;
  user?: string;
  password?: string;
  database?: string;
}

/** A transaction. Model calls take `{ transaction: tx.transaction }`. */
export interface Tx extends Queryable {
  models: Models;
  transaction: Transaction;
  /** Events and jobs, written together before the commit. */
  later: Later;
}

export interface Db extends Queryable {
  models: Models;
  /** Runs `act` in one transaction; commits when it answers, rolls back when it throws. */
  inTransaction<Result>(act: (tx: Tx) => Promise<Result>, options?: { readOnlySnapshot?: boolean }): Promise<Result>;
  /** The pool itself, for libraries that bring their own statements (jobs, throttles). */
  pool: pg.Pool;
  close(): Promise<void>;
}

/**
 * Opens the pools: node-postgres for plain SQL and the libraries, Sequelize for models.
 * Both serve transactions: one that uses models and plain SQL sends both over Sequelize's connection.
 *
 * @param connection where the database is
 * @param options.max most connections of each pool
 */
export function connect(connection: Connection, options: { max: number; onError: (error: Error) => void }): Db {
  const pool = new pg.Pool({ ...connection, max: options.max, application_name: "gatehouse" });
  pool.on("error", options.onError);
  pool.on("connect", (client) => client.on("error", options.onError));
  const sequelize = openSequelize(connection, options.max);
  const models = defineModels(sequelize);
  return {
    ...queryable(pool),
    models,
    pool,
    async inTransaction(act, { readOnlySnapshot = false } = {}) {
      return await sequelize.transaction(async (transaction) => {
        const client = clientOf(transaction);
        if (readOnlySnapshot) await client.query("set transaction isolation level repeatable read, read only");
        const statements = queryable(client);
        const later = new Later();
        const result = await act({ ...statements, models, transaction, later });
        await later.write(statements);
        return result;
      });
    },
    async close() {
      await Promise.all([sequelize.close(), pool.end()]);
    },
  };
}

function openSequelize(connection: Connection, max: number): Sequelize {
  const common = {
    dialect: "postgres" as const,
    logging: false as const,
    pool: { max, min: 0, idle: 30_000, acquire: 20_000 },
    dialectOptions: { application_name: "gatehouse" },
  };
  if (connection.connectionString !== undefined) return new Sequelize(connection.connectionString, common);
  return new Sequelize(connection.database ?? "postgres", connection.user ?? "postgres", connection.password ?? "", {
    ...common,
    host: connection.host ?? "localhost",
    ...(connection.port === undefined ? {} : { port: connection.port }),
  });
}

/** The node-postgres client on which a Sequelize transaction runs; Sequelize types do not name it. */
function clientOf(transaction: Transaction): PoolClient {
  const { connection } = transaction as unknown as { connection: PoolClient };
  return connection;
}

// Sequelize sets parsers of its own on its clients; plain SQL reads the same types everywhere.
const types = { getTypeParser: pg.types.getTypeParser.bind(pg.types) };

function queryable(client: pg.Pool | PoolClient): Queryable {
  const query = async <Row extends QueryResultRow>(text: string, binds: readonly unknown[] = []) =>
    await client.query<Row>({ text, values: [...binds], types });
  return {
    async rows<Row extends object>(text: string, binds?: readonly unknown[]) {
      return (await query<Row>(text, binds)).rows;
    },
    async row<Row extends object>(text: string, binds?: readonly unknown[]) {
      return (await query<Row>(text, binds)).rows[0];
    },
    async run(text, binds) {
      return (await query(text, binds)).rowCount ?? 0;
    },
  };
}
