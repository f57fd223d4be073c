"""The integration component's actions, as functions. Written by tools/connectors.py; change the table instead."""

from typing import Any, Literal

from rapport.connect.actions import call
from rapport.connect.connection import Connection


def get_account(connection: Connection, *, account_id: str, fields: list[str] | None = None) -> Any:
    """One account by its id."""
    return call("component.getAccount", connection, accountId=account_id, fields=fields)


def list_accounts(connection: Connection, *, fields: list[str] | None = None) -> Any:
    """The account that the credential belongs to."""
    return call("component.listAccounts", connection, fields=fields)


def create_campaign(
    connection: Connection,
    *,
    campaign_messages: list[dict[str, Any]],
    campaign_name: str,
    included_audiences: list[str],
    excluded_audiences: list[str] | None = None,
    send_options: dict[str, Any] | None = None,
    send_strategy: dict[str, Any] | None = None,
    tracking_options: dict[str, Any] | None = None,
) -> Any:
    """Create a campaign."""
    return call(
        "component.createCampaign",
        connection,
        campaignMessages=campaign_messages,
        campaignName=campaign_name,
        includedAudiences=included_audiences,
        excludedAudiences=excluded_audiences,
        sendOptions=send_options,
        sendStrategy=send_strategy,
        trackingOptions=tracking_options,
    )


def delete_campaign(connection: Connection, *, campaign_id: str) -> Any:
    """Delete a campaign."""
    return call("component.deleteCampaign", connection, campaignId=campaign_id)


def get_campaign(connection: Connection, *, campaign_id: str, fields: list[str] | None = None) -> Any:
    """One campaign, with its messages and tags."""
    return call("component.getCampaign", connection, campaignId=campaign_id, fields=fields)


def list_campaigns(
    connection: Connection,
    *,
    fields: list[str] | None = None,
    filter_campaigns: str | None = None,
    page_cursor: str | None = None,
) -> Any:
    """The account's campaigns, with their messages and tags."""
    return call(
        "component.listCampaigns", connection, fields=fields, filterCampaigns=filter_campaigns, pageCursor=page_cursor
    )


def update_campaign(
    connection: Connection,
    *,
    campaign_id: str,
    campaign_name: str | None = None,
    excluded_audiences: list[str] | None = None,
    included_audiences: list[str] | None = None,
    send_options: dict[str, Any] | None = None,
    send_strategy: dict[str, Any] | None = None,
    tracking_options: dict[str, Any] | None = None,
) -> Any:
    """Change a campaign that is a draft."""
    return call(
        "component.updateCampaign",
        connection,
        campaignId=campaign_id,
        campaignName=campaign_name,
        excludedAudiences=excluded_audiences,
        includedAudiences=included_audiences,
        sendOptions=send_options,
        sendStrategy=send_strategy,
        trackingOptions=tracking_options,
    )


def bulk_create_events(connection: Connection, *, events_array: list[dict[str, Any]]) -> Any:
    """Record up to 1,000 events."""
    return call("component.bulkCreateEvents", connection, eventsArray=events_array)


def create_event(
    connection: Connection,
    *,
    event_name: str,
    event_profile: dict[str, Any],
    event_properties: dict[str, Any] | None = None,
    event_time: str | None = None,
    event_unique_id: str | None = None,
    event_value: float | None = None,
    event_value_currency: str | None = None,
) -> Any:
    """Record an event of a profile."""
    return call(
        "component.createEvent",
        connection,
        eventName=event_name,
        eventProfile=event_profile,
        eventProperties=event_properties,
        eventTime=event_time,
        eventUniqueId=event_unique_id,
        eventValue=event_value,
        eventValueCurrency=event_value_currency,
    )


def get_event(
    connection: Connection,
    *,
    event_id: str,
    event_fields: list[str] | None = None,
    metric_fields: list[str] | None = None,
    profile_fields: list[str] | None = None,
) -> Any:
    """One event, with its metric, its profile and what it is attributed to."""
    return call(
        "component.getEvent",
        connection,
        eventId=event_id,
        eventFields=event_fields,
        metricFields=metric_fields,
        profileFields=profile_fields,
    )


def list_events(
    connection: Connection,
    *,
    event_fields: list[str] | None = None,
    metric_fields: list[str] | None = None,
    profile_fields: list[str] | None = None,
    page_cursor: str | None = None,
) -> Any:
    """The account's events, the latest first."""
    return call(
        "component.listEvents",
        connection,
        eventFields=event_fields,
        metricFields=metric_fields,
        profileFields=profile_fields,
        pageCursor=page_cursor,
    )


def get_image(connection: Connection, *, image_id: str, fields: list[str] | None = None) -> Any:
    """One image."""
    return call("component.getImage", connection, imageId=image_id, fields=fields)


def list_images(connection: Connection, *, fields: list[str] | None = None, page_cursor: str | None = None) -> Any:
    """The account's images."""
    return call("component.listImages", connection, fields=fields, pageCursor=page_cursor)


def update_image(
    connection: Connection, *, image_id: str, image_hidden: bool | None = None, image_name: str | None = None
) -> Any:
    """Rename, hide or show an image."""
    return call("component.updateImage", connection, imageId=image_id, imageHidden=image_hidden, imageName=image_name)


def upload_image(
    connection: Connection,
    *,
    file_data: bytes | str | None = None,
    image_name: str | None = None,
    image_url: str | None = None,
) -> Any:
    """Keep an image, from a file, a URL or a data URI."""
    return call("component.uploadImage", connection, fileData=file_data, imageName=image_name, imageUrl=image_url)


def create_list(connection: Connection, *, list_name: str) -> Any:
    """Create a list."""
    return call("component.createList", connection, listName=list_name)


def delete_list(connection: Connection, *, list_id: str) -> Any:
    """Delete a list."""
    return call("component.deleteList", connection, listId=list_id)


def get_list(connection: Connection, *, list_id: str, fields: list[str] | None = None) -> Any:
    """One list, with its tags and how many profiles are in it."""
    return call("component.getList", connection, listId=list_id, fields=fields)


def list_list_profiles(
    connection: Connection,
    *,
    list_id: str,
    additional_profile_fields: list[str] | None = None,
    fields: list[str] | None = None,
    page_cursor: str | None = None,
) -> Any:
    """The profiles in a list."""
    return call(
        "component.listListProfiles",
        connection,
        listId=list_id,
        additionalProfileFields=additional_profile_fields,
        fields=fields,
        pageCursor=page_cursor,
    )


def list_lists(connection: Connection, *, fields: list[str] | None = None, page_cursor: str | None = None) -> Any:
    """The account's lists, with their tags."""
    return call("component.listLists", connection, fields=fields, pageCursor=page_cursor)


def update_list(connection: Connection, *, list_id: str, list_name: str) -> Any:
    """Rename a list."""
    return call("component.updateList", connection, listId=list_id, listName=list_name)


def create_profile(
    connection: Connection,
    *,
    email: str | None = None,
    external_id: str | None = None,
    first_name: str | None = None,
    image: str | None = None,
    last_name: str | None = None,
    location: dict[str, Any] | None = None,
    organization: str | None = None,
    phone_number: str | None = None,
    properties: dict[str, Any] | None = None,
    title: str | None = None,
) -> Any:
    """Create a profile."""
    return call(
        "component.createProfile",
        connection,
        email=email,
        externalId=external_id,
        firstName=first_name,
        image=image,
        lastName=last_name,
        location=location,
        organization=organization,
        phoneNumber=phone_number,
        properties=properties,
        title=title,
    )


def get_profile(
    connection: Connection,
    *,
    profile_id: str,
    additional_profile_fields: list[str] | None = None,
    fields: list[str] | None = None,
) -> Any:
    """One profile, with its lists and segments."""
    return call(
        "component.getProfile",
        connection,
        profileId=profile_id,
        additionalProfileFields=additional_profile_fields,
        fields=fields,
    )


def list_profile(
    connection: Connection,
    *,
    additional_profile_fields: list[str] | None = None,
    fields: list[str] | None = None,
    page_cursor: str | None = None,
) -> Any:
    """The account's profiles."""
    return call(
        "component.listProfile",
        connection,
        additionalProfileFields=additional_profile_fields,
        fields=fields,
        pageCursor=page_cursor,
    )


def update_profile(
    connection: Connection,
    *,
    profile_id: str,
    email: str | None = None,
    external_id: str | None = None,
    first_name: str | None = None,
    image: str | None = None,
    last_name: str | None = None,
    location: dict[str, Any] | None = None,
    organization: str | None = None,
    phone_number: str | None = None,
    properties: dict[str, Any] | None = None,
    title: str | None = None,
) -> Any:
    """Change a profile."""
    return call(
        "component.updateProfile",
        connection,
        profileId=profile_id,
        email=email,
        externalId=external_id,
        firstName=first_name,
        image=image,
        lastName=last_name,
        location=location,
        organization=organization,
        phoneNumber=phone_number,
        properties=properties,
        title=title,
    )


def raw_request(
    connection: Connection,
    *,
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"],
    url: str,
    data: Any = None,
    exclude_authorization: bool | None = None,
    file_data: dict[str, Any] | list[Any] | str | None = None,
    file_data_file_names: dict[str, Any] | list[Any] | str | None = None,
    form_data: dict[str, Any] | list[Any] | str | None = None,
    header: dict[str, Any] | list[Any] | str | None = None,
    max_retry_count: float | None = None,
    query_parameter: dict[str, Any] | list[Any] | str | None = None,
    response_type: Literal["json", "text", "binary"] | None = None,
    retry_on_all_errors: bool | None = None,
    retry_delay: float | None = None,
    timeout: float | None = None,
    use_exponential_backoff: bool | None = None,
) -> Any:
    """Make any call of the API."""
    return call(
        "component.rawRequest",
        connection,
        method=method,
        url=url,
        data=data,
        excludeAuthorization=exclude_authorization,
        fileData=file_data,
        fileDataFileNames=file_data_file_names,
        formData=form_data,
        header=header,
        maxRetryCount=max_retry_count,
        queryParameter=query_parameter,
        responseType=response_type,
        retryOnAllErrors=retry_on_all_errors,
        retryDelay=retry_delay,
        timeout=timeout,
        useExponentialBackoff=use_exponential_backoff,
    )


def create_segment(
    connection: Connection,
    *,
    segment_condition_groups: list[dict[str, Any]],
    segment_name: str,
    is_starred_segment: bool | None = None,
) -> Any:
    """Create a segment."""
    return call(
        "component.createSegment",
        connection,
        segmentConditionGroups=segment_condition_groups,
        segmentName=segment_name,
        isStarredSegment=is_starred_segment,
    )


def delete_segment(connection: Connection, *, segment_id: str) -> Any:
    """Delete a segment."""
    return call("component.deleteSegment", connection, segmentId=segment_id)


def get_segment(connection: Connection, *, segment_id: str, fields: list[str] | None = None) -> Any:
    """One segment, with its tags and how many profiles are in it."""
    return call("component.getSegment", connection, segmentId=segment_id, fields=fields)


def list_segments(connection: Connection, *, fields: list[str] | None = None, page_cursor: str | None = None) -> Any:
    """The account's segments, with their tags."""
    return call("component.listSegments", connection, fields=fields, pageCursor=page_cursor)


def update_segment(
    connection: Connection,
    *,
    segment_id: str,
    is_starred_segment: bool | None = None,
    segment_condition_groups: list[dict[str, Any]] | None = None,
    segment_name: str | None = None,
) -> Any:
    """Change a segment."""
    return call(
        "component.updateSegment",
        connection,
        segmentId=segment_id,
        isStarredSegment=is_starred_segment,
        segmentConditionGroups=segment_condition_groups,
        segmentName=segment_name,
    )


def subscribe_profiles(connection: Connection, *, profiles: list[dict[str, Any]], list_id: str | None = None) -> Any:
    """Subscribe profiles, for e-mail, SMS or both."""
    return call("component.subscribeProfiles", connection, profiles=profiles, listId=list_id)


def unsubscribe_profiles(connection: Connection, *, profiles: list[dict[str, Any]], list_id: str | None = None) -> Any:
    """Unsubscribe profiles, for e-mail, SMS or both."""
    return call("component.unsubscribeProfiles", connection, profiles=profiles, listId=list_id)


def create_template(
    connection: Connection,
    *,
    template_html: str,
    template_name: str,
    editor_type: Literal["CODE"] | None = None,
    template_text: str | None = None,
) -> Any:
    """Create a template of HTML."""
    return call(
        "component.createTemplate",
        connection,
        templateHtml=template_html,
        templateName=template_name,
        editorType=editor_type,
        templateText=template_text,
    )


def delete_template(connection: Connection, *, template_id: str) -> Any:
    """Delete a template."""
    return call("component.deleteTemplate", connection, templateId=template_id)


def get_template(connection: Connection, *, template_id: str, fields: list[str] | None = None) -> Any:
    """One template."""
    return call("component.getTemplate", connection, templateId=template_id, fields=fields)


def list_templates(connection: Connection, *, fields: list[str] | None = None, page_cursor: str | None = None) -> Any:
    """The account's templates."""
    return call("component.listTemplates", connection, fields=fields, pageCursor=page_cursor)


def update_template(
    connection: Connection,
    *,
    template_id: str,
    template_html: str | None = None,
    template_name: str | None = None,
    template_text: str | None = None,
) -> Any:
    """Change a template."""
    return call(
        "component.updateTemplate",
        connection,
        templateId=template_id,
        templateHtml=template_html,
        templateName=template_name,
        templateText=template_text,
    )
