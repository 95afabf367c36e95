// All addresses are relative to the page, so that it works behind a gateway's prefix as well.
const ui = SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#page",
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  tryItOutEnabled: true,
  validatorUrl: null,
  requestInterceptor: withoutEmptyParts,
  onComplete: () => {
    document.title = ui.specSelectors.info().get("title");
  },
});

// Swagger UI sends the parts of a message that are left empty too, and those are no JSON.
function withoutEmptyParts(request) {
  if (request.body instanceof FormData) {
    const parts = ["data", "jsonData", "strData", "binData", "meta", "status"];
    for (const part of [...parts, "request", "response", "reward", "truth", "seldonMessages"]) {
      if (request.body.get(part) === "") request.body.delete(part);
    }
  }
  return request;
}
