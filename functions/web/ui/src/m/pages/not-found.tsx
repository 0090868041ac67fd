import {Page, To} from '../parts';
import {t} from '../state';

export function NotFound() {
  return (
    <Page title={t().notFound}>
      <p class="text">
        <To href="/m/">{t().toStart}</To>
      </p>
    </Page>
  );
}
