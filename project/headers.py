"""What browsers are told to allow, and the cookies' names: settings that no variable but HOMEROOM_HTTPS changes.

https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Content-Security-Policy
"""

from typing import Any

from django.utils.csp import CSP

from apps.core.headers import ALWAYS, static_headers

SECURE_CSP: dict[str, Any] = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    # Pictures that are about to be sent are shown from the browser's own memory; styles and QR codes hold small ones.
    "img-src": [CSP.SELF, "data:", "blob:"],
    # The font of formulas: without one that can build roots, a browser leaves their signs out.
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "object-src": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = ALWAYS["Referrer-Policy"]
SECURE_CROSS_ORIGIN_OPENER_POLICY = ALWAYS["Cross-Origin-Opener-Policy"]
X_FRAME_OPTIONS = "DENY"

# Passkeys are made and asked for, an invitation's link is copied; whatever else a browser has, no script of ours needs.
_USED = ("clipboard-write", "publickey-credentials-create", "publickey-credentials-get")
_UNUSED = (
    *("accelerometer", "autoplay", "browsing-topics", "camera", "clipboard-read", "compute-pressure"),
    *("display-capture", "encrypted-media", "fullscreen", "gamepad", "geolocation", "gyroscope", "hid"),
    *("identity-credentials-get", "idle-detection", "keyboard-map", "local-fonts", "magnetometer", "microphone"),
    *("midi", "otp-credentials", "payment", "picture-in-picture", "screen-wake-lock", "serial", "storage-access"),
    *("sync-xhr", "usb", "window-management", "xr-spatial-tracking"),
)
PERMISSIONS_POLICY = {name: ["self"] for name in _USED} | {name: [] for name in _UNUSED}

MESSAGE_STORAGE = "apps.core.messages.Storage"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"

WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_ADD_HEADERS_FUNCTION = static_headers
