/** The name by which people find this device in their list. */
export function deviceName(agent = navigator.userAgent): string {
  const system = /iPhone|iPad/.exec(agent)?.[0] ?? (/Android/.test(agent) ? 'Android' : /Windows/.test(agent) ? 'Windows' : /Mac OS X/.test(agent) ? 'Mac' : /Linux/.test(agent) ? 'Linux' : '');
  const browser = [
    ['DingTalk', 'DingTalk'],
    ['MicroMessenger', '微信'],
    ['Edg/', 'Edge'],
    ['Firefox/', 'Firefox'],
    ['Chrome/', 'Chrome'],
    ['Safari/', 'Safari'],
  ].find(([mark]) => agent.includes(mark!))?.[1];
  return [system, browser].filter(Boolean).join(' ') || 'Web';
}
