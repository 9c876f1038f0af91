// The few words scripts say by themselves, in the page's language.
const english = document.documentElement.lang.startsWith("en");

const catalogue = {
  left: ["剩 {0}", "{0} left"],
  over: ["超 {0}", "{0} over"],
  ms: ["{0}分{1}秒", "{0}m{1}s"],
  m: ["{0}分", "{0}m"],
  s: ["{0}秒", "{0}s"],
  hm: ["{0}时{1}分", "{0}h{1}m"],
  dh: ["{0}天{1}时", "{0}d{1}h"],
  minutes: ["{0}分", "{0} minutes"],
  running: ["正常", "On track"],
  at_risk: ["临期", "At risk"],
  breached: ["已超时", "Breached"],
  becameAtRisk: ["{0} {1}变为临期,剩{2}", "{0} {1} is at risk, {2} left"],
  becameBreached: ["{0} {1}已超时", "{0} {1} is breached"],
  working: ["处理中…", "Working…"],
  retrySend: ["已登录。请再按一次。", "Signed in. Please press it again."],
  noAnswer: ["连不上服务器,什么都没有改动。请重试。", "The server cannot be reached; nothing was changed. Please try again."],
  signInFailed: ["登录页打不开。请在新窗口登录,再回到这里。", "The sign-in form cannot be loaded. Sign in in a new window, then come back here."],
};

export const isEnglish = english;

export function say(key, ...values) {
  const text = catalogue[key][english ? 1 : 0];
  return text.replace(/\{(\d)\}/g, (_, index) => String(values[Number(index)]));
}
