SwaggerUIBundle({
  url: "openapi.yaml",
  domNode: document.getElementById("reference"),
  presets: [SwaggerUIBundle.presets.apis],
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  showExtensions: true, // x-roles: who may
  validatorUrl: null, // else a badge asks a server elsewhere about this one
  persistAuthorization: false, // a token stays in this page's memory, and goes with it
});
