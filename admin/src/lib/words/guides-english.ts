/** What to do in the other system, step by step. What stands in its own console is between backticks. */
export const guidesEnglish = {
  okta: {
    steps: [
      "In the Admin Console under `Applications`, open the app that people get assigned to. Where there is none, make one with `Create App Integration` (SAML or SWA; Okta offers SCIM with no other kind).",
      "In its `General` tab, edit `App Settings` and let `Provisioning` be `SCIM`.",
      "In the new tab `Provisioning` under `Integration`, press `Edit`. Paste the base URL as `SCIM connector base URL`, and type userName as `Unique identifier field for users`.",
      "Tick `Push New Users`, `Push Profile Updates` and `Push Groups`.",
      "Let `Authentication Mode` be `HTTP Header` and paste the token behind `Authorization: Bearer`. Press `Test Connector Configuration`, then `Save`.",
      "Under `To App`, press `Edit` and enable `Create Users`, `Update User Attributes` and `Deactivate Users`.",
      "Choose people under `Assignments` and groups under `Push Groups`. Each request shows up below.",
    ],
    note: "Okta never deletes anybody: who is no longer assigned is disabled here, and comes back with the same account.",
  },
  entra: {
    steps: [
      "In the Entra admin center under `Enterprise applications`, press `New application`, `Create your own application`, and choose `Integrate any other application you don't find in the gallery (Non-gallery)`.",
      "Open `Provisioning` and press `New configuration` (in older pages: let `Provisioning Mode` be `Automatic`).",
      "Paste the address that stands here for `Tenant URL`, with the flag at its end, and the token as `Secret Token`. Press `Test Connection`, then `Create` or `Save`.",
      "Under `Mappings` open `Provision Microsoft Entra ID Users`. userPrincipalName goes to userName and matches with precedence 1. Let objectId go to externalId in place of mailNickname.",
      "Leave `Provision Microsoft Entra ID Groups` on: displayName matches, and members follow.",
      "Under `Users and groups` add whom it is about, then press `Start provisioning`. `Provision on demand` tries one person at once; whole cycles come about every 40 minutes.",
    ],
    note: "The flag ?aadOptscim062020 lets Entra ID keep closer to the standard. Without it everything works too, as long as the habits of Entra ID are accepted under Settings.",
  },
  onelogin: {
    steps: [
      "Under `Applications` press `Add App` and choose `SCIM Provisioner with SAML (SCIM v2 Enterprise)`.",
      "In the tab `Configuration`, paste the base URL as `SCIM Base URL`, without a slash at its end, and the token as `SCIM Bearer Token`.",
      "Paste the template below as `SCIM JSON Template`, and type Content-Type: application/scim+json as `Custom Headers`. Then press `Enable` under `API Connection`.",
      "In the tab `Provisioning`, tick `Enable provisioning`. Untick what should not wait for an administrator, and choose whether people who leave are deleted or suspended.",
      "In the tab `Parameters`, let scimusername be what people sign in with. For groups, open `Groups` and tick `Include in User Provisioning`.",
      "Assign people in the tab `Access` or under `Users`. Each request shows up below.",
    ],
    note: "Nothing about groups belongs into the template: OneLogin pushes them by themselves.",
  },
  jumpcloud: {
    steps: [
      "Under `SSO Applications` press `Add New Application`, choose `Custom Application` and `Export users to this app (Identity Management)`.",
      "In the tab `Identity Management` let `API Type` be SCIM API and `SCIM Version` be SCIM 2.0. Paste the base URL as `Base URL` and the token as `Token Key`.",
      "Give as `Test User Email` an address that no account here has: JumpCloud creates that user and a group, and deletes both.",
      "Tick `Enable management of User Groups and Group Membership in this application`. Press `Test Connection`, then `Activate` and `Save`.",
      "In the tab `User Groups` choose who is provisioned. Each request shows up below.",
    ],
    note: "Where a person leaves the chosen groups, JumpCloud deactivates the account, which disables it here.",
  },
  google: {
    steps: [
      "In the Admin console under `Apps`, `Web and mobile apps`, open the SAML app. Google offers provisioning for some kinds of apps only; where there is no `Autoprovisioning`, it cannot be turned on.",
      "Press `Configure autoprovisioning`. Paste the token as `Access token`, then the base URL as `Endpoint URL`.",
      "Under `Attribute mapping` fill in what stands below. The names come from this server.",
      "Under `Provisioning scope` choose groups, or nobody for everybody who has the app.",
      "Under `Deprovisioning` choose after how many days people are suspended, which disables the account here, and after how many they are deleted.",
      "Turn `Autoprovisioning` on. Each request shows up below.",
    ],
    note: "Google may delete an account that was never suspended. What it deletes here is gone, with its sessions and memberships.",
  },
  sailpoint: {
    steps: [
      "In Identity Security Cloud under `Admin`, `Connections`, `Sources`, press `Create New` and choose `SCIM 2.0`. IdentityIQ has the same under `Applications`, `Application Definition`.",
      "Paste the base URL as `Base URL`. Let `Authentication Type` be `API Token` and paste the token.",
      "Press `Test Connection`. SailPoint reads the configuration, the resource types and the schemas.",
      "Press `Discover Schema` for accounts and groups, and correlate accounts by userName.",
      "In the `Create Account` profile fill in what stands below, then run `Account Aggregation` and `Entitlement Aggregation`.",
    ],
    note: "SailPoint sees what this directory owns. To let it govern accounts that are here already, let it take them over under Settings.",
  },
  other: {
    steps: [
      "Choose SCIM 2.0 (RFC 7643 and 7644) with a bearer token in the Authorization header, or OAuth client credentials with the scope scim.",
      "Use the base URL as it is, without /Users or /Groups at its end.",
      "Map the name that people sign in with to userName, the address for mails to the primary email, and an id that never changes to externalId.",
      "Let the system set active to false when a person leaves: that disables the account and ends its sessions.",
      "Send a first person as a test and look at the request below.",
    ],
    note: "What the server can do stands at /ServiceProviderConfig, and what it stores at /Schemas.",
  },
};
