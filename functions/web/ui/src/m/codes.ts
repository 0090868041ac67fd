import {useState} from 'preact/hooks';
import {api, ask, flow, refused, sent, setFlow, useTyped, type Flow, type FlowName, type Problem} from './state';

/** A flow that waits for a code, and the code as far as it is typed. */
export function useCode(of: FlowName, field = `${of} code`) {
  const [begun, setBegun] = useState(() => flow(of));
  const [code, setCode] = useTyped(field);
  const keep = (now: Flow) => {
    setFlow(of, now);
    setBegun(now);
  };
  return {
    begun,
    code,
    setCode,
    /** Whether what is typed can be a code. */
    whole: code.length === 6,
    /** Asks for a code by text, the first one or another one. */
    async send(): Promise<Problem | void> {
      const answer = await ask(api.POST('/v1/codes', {body: {ticket: begun!.ticket}}));
      keep(answer.ok ? sent(answer.data) : refused(begun!, answer.problem));
      if (!answer.ok) return answer.problem;
      setCode('');
    },
  };
}
