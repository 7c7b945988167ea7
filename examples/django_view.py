"""Verify uploads in a Django view.

Needs: pip install django

The settings below make one file a whole project; in yours, only the view and its URL are of interest.
"""

import django
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.test import Client
from django.urls import path

import microcred as mc

settings.configure(ROOT_URLCONF=__name__, SECRET_KEY="of this example", ALLOWED_HOSTS=["testserver"])
django.setup()

key = mc.SigningKey.generate()
# One verifier serves all requests. To look up keys and status on the web: fetcher=mc.HTTPFetcher()
verifier = mc.Verifier(trusted_issuers={key.did})
MOST_BYTES = mc.Limits().max_image_bytes


def verify_badge(request: HttpRequest) -> HttpResponse:
    """Take the form field “badge”: JSON, a JWT, or a baked picture. The e-mail address says whose it should be."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    upload = request.FILES.get("badge")
    if upload is None or upload.size > MOST_BYTES:
        return JsonResponse({"error": "choose a file with a badge"}, status=400)
    report = verifier.check(upload.read(), recipient=request.POST.get("email") or None)
    if report.verified:
        return JsonResponse({"verified": True})
    # In the language of the user, where there is a translation: report.explain("es")
    return JsonResponse({"verified": False, "why": report.explain()}, status=422)


urlpatterns = [path("verify/", verify_badge)]

badge = mc.sign(
    mc.AchievementCredential(
        issuer=mc.Profile(id=key.did, name="Example University"),
        valid_from=mc.now(),
        credential_subject=mc.AchievementSubject(
            identifier=[mc.IdentityObject.of("learner@example.com")],
            achievement=mc.Achievement(
                id="https://example.edu/achievements/rust-101",
                name="Rust 101",
                description="Completed the introductory course.",
                criteria=mc.Criteria(narrative="Passed the final project."),
            ),
        ),
    ),
    key,
)


def upload(email: str) -> tuple[int, dict[str, object]]:
    """Do what a browser does."""
    file = SimpleUploadedFile("badge.json", badge.model_dump_json().encode())
    response = Client().post("/verify/", {"badge": file, "email": email})
    return response.status_code, response.json()


assert upload("learner@example.com") == (200, {"verified": True})
status, answer = upload("somebody.else@example.com")
assert status == 422
print(answer["why"])
