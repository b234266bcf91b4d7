// Reads the database file of a server that has been closed, as any other program would: with SQLite, by SQL.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import initSqlJs from "sql.js";

export type Row = (string | number | null)[];

export async function query(dataDir: string, sql: string, values: (string | number)[] = []): Promise<Row[]> {
  const sqlite = await initSqlJs();
  const database = new sqlite.Database(readFileSync(join(dataDir, "expirytrack.db")));
  try {
    const [answer] = database.exec(sql, values);
    return (answer?.values ?? []) as Row[];
  } finally {
    database.close();
  }
}
