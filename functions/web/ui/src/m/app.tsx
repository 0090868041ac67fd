import {LocationProvider, Route, Router} from 'preact-iso';
import {Activate, ActivatePassword} from './pages/activate';
import {ChangePassword} from './pages/change-password';
import {ChangePhone} from './pages/change-phone';
import {Home} from './pages/home';
import {NotFound} from './pages/not-found';
import {Contact, ContactAdministrators, Recover, RecoverAdministrators, RecoverApproved, RecoverPassword, RecoverRequest, RecoverWays} from './pages/recover';
import {Sessions} from './pages/sessions';
import {SignIn} from './pages/sign-in';
import {SignIns} from './pages/sign-ins';
import {Verify} from './pages/verify';
import {useLanguage} from './state';

/** The phone's page. Each step has a path of its own, so that back and reload work. */
export function App() {
  const language = useLanguage();
  return (
    <LocationProvider scope="/m/" key={language}>
      <Router>
        <Route path="/m/" component={SignIn} />
        <Route path="/m/verify" component={Verify} />
        <Route path="/m/activate" component={Activate} />
        <Route path="/m/activate/password" component={ActivatePassword} />
        <Route path="/m/contact" component={Contact} />
        <Route path="/m/contact/administrators" component={ContactAdministrators} />
        <Route path="/m/recover" component={Recover} />
        <Route path="/m/recover/ways" component={RecoverWays} />
        <Route path="/m/recover/password" component={RecoverPassword} />
        <Route path="/m/recover/administrators" component={RecoverAdministrators} />
        <Route path="/m/recover/request" component={RecoverRequest} />
        <Route path="/m/recover/approved" component={RecoverApproved} />
        <Route path="/m/home" component={Home} />
        <Route path="/m/home/password" component={ChangePassword} />
        <Route path="/m/home/phone" component={ChangePhone} />
        <Route path="/m/home/sessions" component={Sessions} />
        <Route path="/m/home/sign-ins" component={SignIns} />
        <Route default component={NotFound} />
      </Router>
    </LocationProvider>
  );
}
