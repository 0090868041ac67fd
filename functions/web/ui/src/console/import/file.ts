// The file that somebody chose, before it is sent. What is in it, the server judges.

/** How large a file may be, as the API says. */
export const mostBytes = 4 * 1024 * 1024;

export type Format = 'xlsx' | 'csv';

/** Why a file is not sent. */
export type Unfit = 'empty' | 'large' | 'old' | 'other';

/** The format of a file by its name, or why it is not sent. */
export function judge(file: {name: string; size: number}): Format | Unfit {
  const kind = /\.([^.]+)$/.exec(file.name.trim())?.[1]?.toLowerCase();
  if (kind === 'xls' || kind === 'et') return 'old';
  if (kind !== 'xlsx' && kind !== 'csv') return 'other';
  if (file.size === 0) return 'empty';
  return file.size > mostBytes ? 'large' : kind;
}

export const isFormat = (judged: Format | Unfit): judged is Format => judged === 'xlsx' || judged === 'csv';

/**
 * A file as it was when it was chosen: what is checked and what is imported are the same
 * bytes, also if it is saved anew meanwhile.
 */
export type Chosen = {name: string; format: Format; bytes: ArrayBuffer; digest: string};

/** Tells files apart. */
export async function digestOf(bytes: ArrayBuffer): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(hash, (b) => `0${b.toString(16)}`.slice(-2)).join('');
}

const key = 'import-checked';

/** Remembers for this tab which file a dry run was about. The file itself is not kept. */
export function rememberChecked(job: string, of: Pick<Chosen, 'name' | 'digest'>) {
  sessionStorage.setItem(key, JSON.stringify({job, name: of.name, digest: of.digest}));
}

/** Which file a dry run was about, if this tab knows. */
export function checkedBy(job: string): {name: string; digest: string} | undefined {
  const known = JSON.parse(sessionStorage.getItem(key) ?? 'null') as {job: string; name: string; digest: string} | null;
  return known?.job === job ? known : undefined;
}
