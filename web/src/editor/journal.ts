/** What is not saved yet, kept in this browser, so that a closed tab or a crash loses nothing. */

const DATABASE = "rapport-unsaved";
const STORE = "changes";

export interface Unsaved<Of> {
  readonly content: Of;
  /** of the record that it was made from */
  readonly version: string | null;
  /** milliseconds since 1970 */
  readonly at: number;
}

export interface Journal<Of> {
  read(): Promise<Unsaved<Of> | null>;
  keep(content: Of, version: string | null): Promise<void>;
  drop(): Promise<void>;
}

/** `name`: of the account and record, as "ABC123/template/X1". Where the browser keeps nothing (private windows, a full
 * disk) it is a journal that forgets: editing goes on. */
export function journalOf<Of>(name: string): Journal<Of> {
  const forgetting = <Result>(result: Promise<Result>, otherwise: Result) => result.catch(() => otherwise);
  return {
    read: () => forgetting(within<Unsaved<Of> | null>("readonly", (store) => store.get(name)), null).then((found) => found ?? null),
    keep: async (content, version) => {
      await forgetting(within<unknown>("readwrite", (store) => store.put({ content, version, at: Date.now() }, name)), null);
    },
    drop: async () => {
      await forgetting(within<unknown>("readwrite", (store) => store.delete(name)), null);
    },
  };
}

async function within<Result>(mode: IDBTransactionMode, ask: (store: IDBObjectStore) => IDBRequest): Promise<Result> {
  const database = await opened();
  try {
    return await new Promise<Result>((resolve, reject) => {
      const transaction = database.transaction(STORE, mode);
      const request = ask(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(request.result as Result);
      transaction.onerror = transaction.onabort = () => reject(transaction.error ?? new Error("not kept"));
    });
  } finally {
    database.close();
  }
}

function opened(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("no database"));
  });
}
