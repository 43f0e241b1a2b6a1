import pg from "pg";
import type { PoolClient, QueryResult, QueryResultRow } from "pg";
import { Sequelize } from "sequelize";
import type { Transaction } from "sequelize";
import { Later } from "./later.ts";
import type { Limiting, Prepared, Queryable } from "./queryable.ts";
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

/** A session of PostgreSQL. It ends when it is closed, and when the connection breaks. */
export interface Session extends Queryable {
  ended: Promise<void>;
  close(): Promise<void>;
}

export interface Db extends Limiting {
  models: Models;
  /** Runs `act` in one transaction; commits when it answers, rolls back when it throws. */
  inTransaction<Result>(act: (tx: Tx) => Promise<Result>, options?: { readOnlySnapshot?: boolean }): Promise<Result>;
  /** The same for what needs no models, for hot paths: half the cost, and two round trips fewer. */
  inSqlTransaction<Result>(act: (tx: Tx) => Promise<Result>): Promise<Result>;
  /** A connection of one's own, for what PostgreSQL ties to a session; it counts among the connections of the pool. */
  session(): Promise<Session>;
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
  // A statement may be sent before the one before it is answered; `inSqlTransaction` does so.
  const pool = new pg.Pool({ ...connection, max: options.max, application_name: "gatehouse", pipeline: true });
  pool.on("error", options.onError);
  pool.on("connect", (client) => client.on("error", options.onError));
  const sequelize = openSequelize(connection, options.max);
  const models = defineModels(sequelize);
  return {
    ...queryable(pool),
    models,
    pool,
    async session() {
      const client = await pool.connect();
      const ended = new Promise<void>((resolve) => void client.once("end", resolve));
      void ended.then(() => client.release(true));
      return {
        ...queryable(client),
        ended,
        async close() {
          await client.end();
          await ended;
        },
      };
    },
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
    async inSqlTransaction(act) {
      const client = await pool.connect();
      try {
        const result = await transact(client, models, act);
        client.release();
        return result;
      } catch (error) {
        // On a broken connection the rollback fails, too; the pool then makes another.
        const rollback = await client.query("rollback").catch((failed: Error) => failed);
        client.release(rollback instanceof Error ? rollback : undefined);
        throw error;
      }
    },
    within: (milliseconds) => queryable({ query: async (statement) => await limited(pool, milliseconds, statement) }),
    async close() {
      await Promise.all([sequelize.close(), pool.end()]);
    },
  };
}

async function transact<Result>(client: PoolClient, models: Models, act: (tx: Tx) => Promise<Result>): Promise<Result> {
  // Goes out together with the first statement; on a connection that works it does not fail.
  const begun = client.query("begin");
  begun.catch(() => {});
  const statements = queryable(client);
  const later = new Later();
  const result = await act(Object.assign(withoutTransaction(models), statements, { later }));
  // So do the events and the commit: PostgreSQL turns the commit of what has failed into a rollback.
  const written = later.write(statements);
  written.catch(() => {});
  const committed = client.query("commit");
  committed.catch(() => {});
  await begun;
  await written;
  if ((await committed).command !== "COMMIT") throw new Error("The transaction had failed before it was committed.");
  return result;
}

/** The models' part of a transaction that they cannot take part in. */
export function withoutTransaction(models: Models): Pick<Tx, "models" | "transaction"> {
  return {
    models,
    get transaction(): never {
      throw new Error("There is no transaction here that models could take part in.");
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

/** Sends a statement between others that limit its time, all at once. */
async function limited<Row extends QueryResultRow>(
  pool: pg.Pool,
  milliseconds: number,
  statement: pg.QueryConfig,
): Promise<QueryResult<Row>> {
  const client = await pool.connect();
  const begun = client.query(`begin; set local statement_timeout = ${Math.trunc(milliseconds)}`);
  const asked = client.query<Row>(statement);
  // Turned into a rollback where the statement failed.
  const ended = client.query("commit");
  const [, , end] = await Promise.allSettled([begun, asked, ended]);
  client.release(end.status === "rejected");
  return await asked;
}

/** What of node-postgres sends statements. */
interface Sending {
  query<Row extends QueryResultRow>(statement: pg.QueryConfig): Promise<QueryResult<Row>>;
}

function queryable(client: Sending): Queryable {
  const query = async <Row extends QueryResultRow>(statement: string | Prepared, binds: readonly unknown[] = []) =>
    await client.query<Row>({
      ...(typeof statement === "string" ? { text: statement } : statement),
      values: [...binds],
      types,
    });
  return {
    async rows<Row extends object>(statement: string | Prepared, binds?: readonly unknown[]) {
      return (await query<Row>(statement, binds)).rows;
    },
    async row<Row extends object>(statement: string | Prepared, binds?: readonly unknown[]) {
      return (await query<Row>(statement, binds)).rows[0];
    },
    async run(statement, binds) {
      return (await query(statement, binds)).rowCount ?? 0;
    },
  };
}
