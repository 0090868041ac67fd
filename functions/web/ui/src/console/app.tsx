import {Spin} from 'antd';
import {lazy, Suspense, useEffect, useState} from 'react';
import {Boundary, Failure} from './parts';
import SignInPage from './sign-in';
import {api, askOnce, setCaller, t, useCaller, useLanguage, type Problem, type Schemas} from './state';
import {Theme} from './theme';

const Workbench = lazy(() => import('./workbench'));

/** The console: the sign-in page, or the workbench of whoever is signed in. */
export function App() {
  useLanguage();
  return (
    <Theme>
      <Boundary>
        <Inside />
      </Boundary>
    </Theme>
  );
}

/** Who is signed in according to the server; before it has answered, undefined. */
type Known = {me?: Schemas['StaffRecord']; problem?: Problem};

function Inside() {
  const caller = useCaller();
  const [known, setKnown] = useState<Known>();
  const code = caller?.employeeCode;

  function look() {
    void askOnce(() => api.GET('/v1/me')).then((answer) => {
      // The grants are known since the sign-in. Without them, or of another person, one
      // signs in anew.
      if (answer.ok && answer.data.employeeCode === code) return setKnown({me: answer.data});
      if (answer.ok || answer.problem.status === 401) return setCaller(undefined);
      setKnown({problem: answer.problem});
    });
  }
  useEffect(() => {
    setKnown(undefined);
    if (code) look();
  }, [code]);

  if (!caller) return <SignInPage />;
  if (known?.me && known.me.employeeCode === code) {
    return (
      <Suspense fallback={<Waiting />}>
        <Workbench me={known.me} />
      </Suspense>
    );
  }
  if (known?.problem) {
    return (
      <main className="lonely">
        <Failure problem={known.problem} onRetry={look} />
      </main>
    );
  }
  return <Waiting />;
}

function Waiting() {
  return (
    <main className="lonely" role="status">
      <Spin size="large" />
      <p>{t().loading}</p>
    </main>
  );
}
