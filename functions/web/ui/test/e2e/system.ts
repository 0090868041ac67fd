// Starts the whole system for all tests, on free ports, and ends it afterwards.
import {spawn} from 'node:child_process';
import {resolve} from 'node:path';
import type {TestProject} from 'vitest/node';

declare module 'vitest' {
  export interface ProvidedContext {
    base: string;
    secure: string;
    inbox: string;
  }
}

const root = resolve(import.meta.dirname, '../../../../..');

export default async function start(project: TestProject) {
  const system = spawn('build/bin/local', ['run'], {
    cwd: root,
    env: {...process.env, PORT: '0', TLS_PORT: '0', INBOX_PORT: '0', DEMO_STAFF: process.env.DEMO_STAFF ?? '120'},
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((done) => system.once('exit', () => done()));
  const said = await new Promise<string>((ready, failed) => {
    let text = '';
    system.once('exit', (code) => failed(new Error(`the system ended with ${code}:\n${text}`)));
    system.stdout.on('data', (chunk: Buffer) => {
      text += chunk;
      if (/texts\s+http\S+\s[^]*https\S+\/m\//.test(text)) ready(text);
    });
  });
  system.stdout.resume(); // the lines of the functions
  const find = (pattern: RegExp) => {
    const found = pattern.exec(said)?.[1];
    if (!found) throw new Error(`no ${pattern} in:\n${said}`);
    return found;
  };
  project.provide('base', find(/phone\s+(http:\S+?)\/m\//));
  project.provide('secure', find(/(https:\S+?)\/m\//));
  project.provide('inbox', find(/texts\s+(http\S+)/));
  return async () => {
    system.kill('SIGTERM');
    await ended;
  };
}
