// All addresses are relative to the page, so that it works behind a gateway's prefix as well.
const ui = SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#page",
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  tryItOutEnabled: true,
  validatorUrl: null,
  onComplete: () => {
    document.title = ui.specSelectors.info().get("title");
  },
});
