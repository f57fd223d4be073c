// A campaign from its template to its sending, with the official SDK for Node; what became of it is answered as JSON.
const { ApiKeySession, CampaignsApi, TemplatesApi } = require("klaviyo-api");

const session = new ApiKeySession(process.env.KLAVIYO_PRIVATE_KEY);
const [campaigns, templates] = [new CampaignsApi(session), new TemplatesApi(session)];
campaigns.basePath = templates.basePath = process.env.HOST;

const html = "<p>Hi {{ first_name }}</p><p>{% unsubscribe %}</p>";

/** Makes a campaign with a template and hands it in, to be sent at `moment`. */
async function schedule(list, moment) {
  const attributes = { name: "Letter", editorType: "CODE", html };
  const template = await templates.createTemplate({ data: { type: "template", attributes } });
  const content = { subject: "From Node", fromEmail: "shop@example.com", fromLabel: "The shop" };
  const definition = { channel: "email", label: "Letter", content };
  const made = await campaigns.createCampaign({
    data: {
      type: "campaign",
      attributes: {
        name: "Spring",
        audiences: { included: [list], excluded: [] },
        sendStrategy: { method: "static", datetime: new Date(moment) },
        campaignMessages: { data: [{ type: "campaign-message", attributes: { definition } }] },
      },
    },
  });
  const { id } = made.body.data;
  const message = (await campaigns.getMessagesForCampaign(id)).body.data[0].id;
  const relationships = { template: { data: { type: "template", id: template.body.data.id } } };
  await campaigns.assignTemplateToCampaignMessage({ data: { type: "campaign-message", id: message, relationships } });
  await campaigns.sendCampaign({ data: { type: "campaign-send-job", id } });
  const campaign = (await campaigns.getCampaign(id)).body.data.attributes;
  const job = (await campaigns.getCampaignSendJob(id)).body.data.attributes;
  return { id, status: campaign.status, sendTime: campaign.sendTime, job: job.status };
}

schedule(...process.argv.slice(2)).then(
  (answer) => console.log(JSON.stringify(answer)),
  (error) => {
    console.error(error.response?.status, JSON.stringify(error.response?.data), error.message);
    process.exit(1);
  },
);
