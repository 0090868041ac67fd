/** The language of both pages. It is Chinese until somebody asks for English. */
export type Language = 'zh-CN' | 'en';

const key = 'language';
const listeners = new Set<() => void>();
let now: Language = localStorage.getItem(key) === 'en' ? 'en' : 'zh-CN';
document.documentElement.lang = now;

export const language = (): Language => now;

export function switchLanguage() {
  now = now === 'en' ? 'zh-CN' : 'en';
  localStorage.setItem(key, now);
  document.documentElement.lang = now;
  listeners.forEach((changed) => changed());
}

/** Calls changed after each change, until the returned function is called. */
export function onLanguage(changed: () => void): () => void {
  listeners.add(changed);
  return () => void listeners.delete(changed);
}
