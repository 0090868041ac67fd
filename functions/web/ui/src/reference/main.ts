// Shows the contract of the host that the page comes from. It sends no other request:
// there is nothing to try it with, so that nobody's session is used by it.
import SwaggerUI, {type Component, type System} from 'swagger-ui-dist/swagger-ui-es-bundle.js';
import 'swagger-ui-dist/swagger-ui.css';
import './style.css';

const nothing = (): Component => () => null;

/** The path of an operation is a link inside of a button, which keyboards and readers cannot tell apart. */
const textAlone =
  (_: Component, {React}: System): Component =>
  ({text}) =>
    React.createElement('span', null, text);

/** The choice of an example stands beside its name, without being tied to it. */
const labelled =
  (original: Component, {React}: System): Component =>
  (props) =>
    React.createElement('label', null, React.createElement(original, {...props, showLabels: true}));

SwaggerUI({
  url: '/reference/openapi.yaml',
  dom_id: '#app',
  deepLinking: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  supportedSubmitMethods: [],
  syntaxHighlight: false, // its red is too dark to be read
  plugins: [
    () => ({
      wrapComponents: {
        DeepLink: textAlone,
        ExamplesSelect: labelled,
        InfoUrl: nothing, // the address stands at the top
        // What is only of use to send requests.
        ServersContainer: nothing,
        authorizeBtn: nothing,
        authorizeOperationBtn: nothing,
      },
    }),
  ],
});
