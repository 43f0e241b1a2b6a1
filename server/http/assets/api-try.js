// The page to try the admin API in: Swagger UI on our own document, with nothing from elsewhere.
globalThis.SwaggerUIBundle({
  url: "/api/openapi.json",
  dom_id: "#try",
  deepLinking: true,
  docExpansion: "none",
  filter: true,
  // No checking of the document by a service on the net, and no token that outlives the page.
  validatorUrl: "none",
  persistAuthorization: false,
  defaultModelsExpandDepth: -1,
  displayOperationId: true,
  tryItOutEnabled: true,
  syntaxHighlight: { activated: false },
});
