// The look of the components: colours that can be read, the nonce of this answer for the
// styles that they write, and what the browsers of the offices need.
import {legacyLogicalPropertiesTransformer, StyleProvider} from '@ant-design/cssinjs';
import {ConfigProvider, theme, type ThemeConfig} from 'antd';
import enUS from 'antd/locale/en_US';
import zhCN from 'antd/locale/zh_CN';
import {useEffect, useState, type ReactNode} from 'react';
import {useLanguage} from './state';

// The last ones have the rare characters of plane 2, as in some names.
const fontFamily =
  "-apple-system, BlinkMacSystemFont, 'PingFang SC', 'HarmonyOS Sans SC', 'Source Han Sans SC', 'Noto Sans CJK SC', 'Microsoft YaHei', 'Segoe UI', Roboto, 'SimSun-ExtB', 'MingLiU-ExtB', 'HanaMinB', 'Plangothic P2', sans-serif";

// Ant Design's own primary colour, placeholders and red are too pale for text (WCAG 2.2 AA).
const light: ThemeConfig = {
  algorithm: theme.defaultAlgorithm,
  token: {
    fontFamily,
    opacityLoading: 1, // what a button says while it waits can be read, too
    colorPrimary: '#0958d9',
    colorPrimaryHover: '#1a66e0',
    colorPrimaryActive: '#0747b0',
    colorLink: '#0958d9',
    colorLinkHover: '#1a66e0',
    colorInfo: '#0958d9',
    colorError: '#c4291c',
    colorErrorHover: '#d23426',
    colorSuccess: '#1b7a3d',
    colorWarning: '#8a5200',
    colorInfoBg: '#e8f0fe',
    colorErrorBg: '#fdecea',
    colorSuccessBg: '#e6f4ea',
    colorWarningBg: '#fff4e0',
    colorTextPlaceholder: '#6b6b6b',
    colorTextTertiary: '#5c6370',
    colorTextDescription: '#5c6370',
    colorBgLayout: '#f2f5fa',
  },
  components: {
    Table: {rowSelectedBg: '#f0f6ff', rowSelectedHoverBg: '#e6efff'},
  },
};

const dark: ThemeConfig = {
  algorithm: theme.darkAlgorithm,
  token: {
    fontFamily,
    opacityLoading: 1,
    colorPrimary: '#79aeff',
    colorLink: '#8ab8ff',
    colorInfo: '#79aeff',
    colorError: '#ff9a91',
    colorSuccess: '#7ddb9a',
    colorWarning: '#ffc46b',
    colorInfoBg: '#14233d',
    colorErrorBg: '#331a18',
    colorSuccessBg: '#12291a',
    colorWarningBg: '#2f2412',
    colorTextPlaceholder: '#a4acb9',
    colorTextTertiary: '#a4acb9',
    colorTextDescription: '#a4acb9',
    colorTextLightSolid: '#0b1526',
    colorBgContainer: '#17191d',
    colorBgLayout: '#0d0f12',
    controlItemBgActive: '#14233d',
    controlItemBgActiveHover: '#1a2d4d',
  },
  components: {
    Menu: {itemSelectedColor: '#a9cbff', itemSelectedBg: '#14233d', subMenuItemSelectedColor: '#a9cbff'},
    Table: {rowSelectedBg: '#121c2e', rowSelectedHoverBg: '#17243a'},
  },
};

const still = (of: ThemeConfig): ThemeConfig => ({...of, token: {...of.token, motion: false}});

const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce;

export function Theme(props: {children: ReactNode}) {
  const isDark = useMedia('(prefers-color-scheme: dark)');
  const isStill = useMedia('(prefers-reduced-motion: reduce)');
  const language = useLanguage();
  return (
    <StyleProvider hashPriority="high" transformers={[legacyLogicalPropertiesTransformer]}>
      <ConfigProvider
        theme={isStill ? still(isDark ? dark : light) : isDark ? dark : light}
        locale={language === 'en' ? enUS : zhCN}
        csp={{nonce}}
        button={{autoInsertSpace: false}}
      >
        {props.children}
      </ConfigProvider>
    </StyleProvider>
  );
}

function useMedia(query: string): boolean {
  const [matches, set] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const media = matchMedia(query);
    const changed = () => set(media.matches);
    media.addEventListener('change', changed);
    return () => media.removeEventListener('change', changed);
  }, [query]);
  return matches;
}
