// Choosing the file, by a click, by keys or by dropping it.
import {Alert, Button} from 'antd';
import {useEffect, useRef, useState, type ReactNode} from 'react';
import {digestOf, isFormat, judge, type Chosen, type Unfit} from './file';
import {words} from './texts';

type Why = Unfit | 'several' | 'unread';

/** What was chosen, or why it will not do. */
async function take(files: FileList): Promise<Chosen | Why> {
  const [file] = files;
  if (!file || files.length > 1) return 'several';
  const format = judge(file);
  if (!isFormat(format)) return format;
  try {
    const bytes = await file.arrayBuffer();
    return {name: file.name, format, bytes, digest: await digestOf(bytes)};
  } catch {
    return 'unread'; // moved or locked since
  }
}

function useTake(onChoose: (file: Chosen) => void): {why?: Why; onFiles: (files: FileList | null) => void} {
  const [why, setWhy] = useState<Why>();
  return {
    why,
    async onFiles(files) {
      if (!files || files.length === 0) return;
      const taken = await take(files);
      setWhy(typeof taken === 'string' ? taken : undefined);
      if (typeof taken !== 'string') onChoose(taken);
    },
  };
}

/** The field itself. The same file can be chosen again, say after it was corrected. */
function Field(props: {label: string; disabled?: boolean; onFiles: (files: FileList | null) => void}) {
  return (
    <input
      className="import__field"
      type="file"
      disabled={props.disabled}
      accept=".xlsx,.csv"
      aria-label={props.label}
      onChange={(e) => props.onFiles(e.target.files)}
      onClick={(e) => void (e.currentTarget.value = '')}
    />
  );
}

/** A file that misses its place is left alone. The browser would open it, and the page would be gone. */
export function useDropsLeftAlone() {
  useEffect(() => {
    const leave = (e: DragEvent) => {
      if (e.defaultPrevented || !e.dataTransfer?.types.includes('Files')) return;
      e.preventDefault();
      e.dataTransfer.dropEffect = 'none';
    };
    for (const type of ['dragover', 'drop'] as const) addEventListener(type, leave);
    return () => (['dragover', 'drop'] as const).forEach((type) => removeEventListener(type, leave));
  }, []);
}

/** A place to drop the file on, which also opens the browser's own dialog. While a file is sent, it takes none. */
export function DropZone(props: {chosen?: Chosen; busy: boolean; onChoose: (file: Chosen) => void}) {
  const {why, onFiles} = useTake(props.onChoose);
  const [over, setOver] = useState(false);
  return (
    <>
      <label
        className={over ? 'import__drop import__drop_over' : 'import__drop'}
        onDragOver={(e) => {
          if (props.busy) return;
          e.preventDefault();
          setOver(true);
        }}
        onDragLeave={(e) => {
          if (!e.currentTarget.contains(e.relatedTarget as Node | null)) setOver(false);
        }}
        onDrop={(e) => {
          if (props.busy) return;
          e.preventDefault();
          setOver(false);
          onFiles(e.dataTransfer.files);
        }}
      >
        <Field label={words().pick} disabled={props.busy} onFiles={onFiles} />
        <span className="import__hint">{props.chosen ? words().chosen(props.chosen.name) : words().pickHint}</span>
        <span className="quiet">{props.chosen ? words().pickAnother : words().pickLimits}</span>
      </label>
      {why && <Alert className="failure" type="error" showIcon role="alert" title={words().unfit[why]} />}
    </>
  );
}

/** A button that asks for the file again. */
export function PickAgain(props: {children: ReactNode; onChoose: (file: Chosen) => void}) {
  const {why, onFiles} = useTake(props.onChoose);
  const field = useRef<HTMLSpanElement>(null);
  return (
    <>
      <span ref={field} hidden>
        <Field label={words().pick} onFiles={onFiles} />
      </span>
      <Button type="primary" onClick={() => field.current?.querySelector('input')?.click()}>
        {props.children}
      </Button>
      {why && <Alert className="failure" type="error" showIcon role="alert" title={words().unfit[why]} />}
    </>
  );
}
