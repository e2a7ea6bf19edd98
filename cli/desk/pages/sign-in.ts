/** The page on which somebody says who it is, and the one that comes before it. */
import { hidden } from './layout';
import { markup, type Markup } from './markup';

export function signInPage(formToken: string, next: string, problem?: string): Markup {
  return markup`<div class="sign-in"><h1>Sign in</h1>
${problem !== undefined && markup`<p class="news problem" role="alert">${problem}</p>`}
<form method="post" action="/sign-in">${hidden('form', formToken)}${hidden('next', next)}
<label for="token">Your token</label>
<input id="token" name="token" type="password" autocomplete="current-password" required maxlength="500" autofocus>
<button class="go">Sign in</button></form></div>`;
}

/**
 * Browsers keep the cookie back where a link on another site leads here. This page asks for itself again, as a page of the desk, and then the cookie comes.
 * @param path of this desk.
 */
export function comeAgainPage(path: string): Markup {
  return markup`<!doctype html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="0; url=${path}"><title>Holdfast desk</title></head><body><p><a href="${path}">Go on to the desk</a></p></body></html>`;
}
