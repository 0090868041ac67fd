import {useGo} from '../parts';
import {api, ask, flow, justSent, sent, setFlow, t} from '../state';
import {NewPassword} from './new-password';
import {Who} from './who';

/** 新账号激活, the first step: account and name. */
export function Activate() {
  const go = useGo();
  return (
    <Who
      title={t().activateTitle}
      account={t().account}
      begin={async (account, name) => {
        const begun = flow('activate');
        if (begun?.account === account && justSent(begun)) return go('/m/activate/password');
        const answer = await ask(api.POST('/v1/codes', {body: {purpose: 'activate', account, name}}));
        if (!answer.ok) return answer.problem;
        setFlow('activate', {...sent(answer.data), account});
        go('/m/activate/password');
      }}
    />
  );
}

/** The second step: code and password. */
export function ActivatePassword() {
  return <NewPassword of="activate" back="/m/activate" begin="/m/activate" title={t().setPassword} />;
}
