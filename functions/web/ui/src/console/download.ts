// Files that the browser saves.
import {savedAs, type Format} from './staff/saved-as';
import {ask, type Problem} from './state';

/** Hands the file to the browser, which saves it as it saves all downloads. */
export function save(file: Blob, name: string) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  document.body.append(link); // Firefox follows no link that is nowhere
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // the browser has not read it yet
}

/** Saves a file that the server makes. */
export async function download(format: Format, call: () => Promise<{data?: unknown; error?: unknown; response: Response}>): Promise<Problem | undefined> {
  let name = '';
  const answer = await ask(async () => {
    const reply = await call();
    name = savedAs(reply.response.headers.get('Content-Disposition'), format);
    return reply;
  });
  if (!answer.ok) return answer.problem;
  save(answer.data as Blob, name);
  return undefined;
}
