// The part of swagger-ui-dist that the page uses. The package has no types of its own.
declare module 'swagger-ui-dist/swagger-ui-es-bundle.js' {
  type Element = {type: unknown};
  export type Component = (props: {text?: string; showLabels?: boolean}) => Element | null;
  export type System = {React: {createElement(type: string | Component, props: object | null, ...children: unknown[]): Element}};
  type Options = {
    url: string;
    dom_id: string;
    deepLinking: boolean;
    docExpansion: 'list' | 'full' | 'none';
    defaultModelsExpandDepth: number;
    supportedSubmitMethods: string[];
    syntaxHighlight: boolean;
    plugins: (() => {wrapComponents: Record<string, (original: Component, system: System) => Component>})[];
  };
  export default function SwaggerUI(options: Options): unknown;
}
