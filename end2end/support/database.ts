// Reads and changes the database file of a server that has been closed, as any other program would: with SQLite, by SQL.
import { readFileSync, writeFileSync } from "node:fs";
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

/** The server finds it when it is started again. */
export async function change(dataDir: string, sql: string) {
  const sqlite = await initSqlJs();
  const file = join(dataDir, "expirytrack.db");
  const database = new sqlite.Database(readFileSync(file));
  try {
    database.run(sql);
    writeFileSync(file, database.export());
  } finally {
    database.close();
  }
}
